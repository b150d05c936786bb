{#- Fails when two models have different numbers of rows: a join lost or doubled some. -#}
{% test equal_rowcount(model, compare_model) %}

select counted.n_rows, compared.n_rows as n_rows_compared
from (select count(*) as n_rows from {{ model }}) as counted
cross join (select count(*) as n_rows from {{ compare_model }}) as compared
where counted.n_rows <> compared.n_rows

{% endtest %}
