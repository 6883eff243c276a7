-- A row of a customer is written with whatever they do. Before a row changes a trigger may change it, so where there is one
-- PostgreSQL makes every generated column anew: here the words of the name, which is a seventh of the write. Looking at the
-- move afterwards refuses the same ones.

DROP TRIGGER only_moves ON marketplace.customer;
CREATE TRIGGER only_moves AFTER UPDATE OF status ON marketplace.customer
    FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status)
    EXECUTE FUNCTION kernel.only_moves('active>suspended', 'active>banned', 'active>deleted', 'suspended>active',
                                       'suspended>banned', 'suspended>deleted', 'banned>active', 'banned>deleted');
