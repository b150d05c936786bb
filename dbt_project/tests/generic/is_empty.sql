{#- Fails with every row: for models that list what should not be. -#}
{% test is_empty(model) %}

select * from {{ model }}

{% endtest %}
